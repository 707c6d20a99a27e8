module mock-apns/test/behaviour/go

go 1.23.0

require github.com/sideshow/apns2 v0.25.0

require (
	github.com/golang-jwt/jwt/v4 v4.4.1 // indirect
	golang.org/x/net v0.40.0 // indirect
	golang.org/x/text v0.25.0 // indirect
)
