module heapbeat.example/rules

go 1.19
