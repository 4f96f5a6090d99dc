module heapbeat.test/profile

go 1.19
