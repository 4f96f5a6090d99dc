module heapbeat.test/plain

go 1.19
