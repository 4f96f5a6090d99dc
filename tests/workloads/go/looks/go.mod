module heapbeat.example/looks

go 1.17
