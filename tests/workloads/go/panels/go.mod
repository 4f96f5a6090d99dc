module heapbeat.test/panels

go 1.17
