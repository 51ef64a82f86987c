package record

// Part is a part of a list of records.
type Part struct {
	// Offset is how many records of the list come before it.
	Offset int
	// Limit is how many records it has at most.
	Limit int
	// Of keeps the records that belong to one record, such as a user's orders. Zero keeps all.
	Of ID
	// Named keeps the records that go by one name, such as a category's products. Empty keeps all.
	Named string
}
