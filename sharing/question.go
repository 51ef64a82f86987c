package sharing

// kind is what a key finds. Keys of different kinds are never equal.
type kind string

const (
	call      kind = "call"
	answer    kind = "answer"
	records   kind = "records"
	operation kind = "operation"
	document  kind = "document"
)

// ForCall is the key of a call to a service that is under way.
func ForCall(inputs Inputs, caller Caller, service, method, uri string) Key {
	return keyOf(call, inputs, caller, service, method, uri)
}

// ForAnswer is the key of what a service answers to GET.
func ForAnswer(inputs Inputs, caller Caller, service, uri string) Key {
	return keyOf(answer, inputs, caller, service, uri)
}

// ForRecords is the key of what a service answers about records that are asked for in one way, such as users by their ids. That
// of one of them is its For.
func ForRecords(inputs Inputs, caller Caller, service, way string) Key {
	return keyOf(records, inputs, caller, service, way)
}

// ForOperation is the key of an answer to an operation of a document, with its variables as JSON.
func ForOperation(inputs Inputs, caller Caller, document, name, variables string) Key {
	return keyOf(operation, inputs, caller, document, name, variables)
}

// ForDocument is the key of the text of a GraphQL document by its SHA-256, which is no caller's: whoever asks, only one text can
// be meant, and it says nothing that its hash did not say to who knows it. What it answers is another question, and has another
// key.
func ForDocument(hash string) Key {
	return keyOf(document, Nothing, Caller{}, hash)
}
