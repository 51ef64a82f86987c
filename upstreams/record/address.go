package record

// Address is a postal address, of a user or of an order. Members that the service leaves out are nil.
type Address struct {
	Street *string `json:"street"`
	City   *string `json:"city"`
	Zip    *string `json:"zip"`
}
