module heapbeat.example/causes

go 1.19
