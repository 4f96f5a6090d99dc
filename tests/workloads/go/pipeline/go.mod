module heapbeat.example/pipeline

go 1.21
