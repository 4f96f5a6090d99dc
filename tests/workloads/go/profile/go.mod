module profile

go 1.21
