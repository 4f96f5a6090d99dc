module panels

go 1.17
