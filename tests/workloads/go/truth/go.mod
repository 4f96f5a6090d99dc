module heapbeat.example/truth

go 1.18
