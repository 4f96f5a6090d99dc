module heapbeat.test/mixed

go 1.19
