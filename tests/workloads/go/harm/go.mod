module heapbeat.test/harm

go 1.17
