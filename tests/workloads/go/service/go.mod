module heapbeat.test/service

go 1.17
