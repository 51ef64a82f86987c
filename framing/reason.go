package framing

import "github.com/concierge-gateway/concierge/problem"

// reason is why a request is refused. The zero value is no reason at all.
type reason uint8

const (
	none reason = iota
	headerTooLarge
	bareLF
	bareCR
	emptyLine
	requestLine
	requestTarget
	httpVersion
	foldedLine
	fieldName
	spaceBeforeColon
	fieldValue
	lookalike
	lengthRepeated
	lengthValue
	encodingValue
	encodingVersion
	lengthAndEncoding
	hostMissing
	hostRepeated
	hostValue
	hostMismatch
	connectionOption
	connectionField
	connectContent
	chunkSize
	chunkExtension
	chunkEnd
	chunkOverhead
	trailerName
	trailersTooLarge
	reasons // how many there are
)

// words are what metrics and clients get to know of a reason.
type words struct{ label, message string }

func (r reason) words() words {
	return [reasons]words{
		none:              {"none", ""},
		headerTooLarge:    {"header_too_large", ""},
		bareLF:            {"bare_lf", "a line ends with a line feed alone"},
		bareCR:            {"bare_cr", "a carriage return does not end a line"},
		emptyLine:         {"empty_line", "an empty line stands before the request line"},
		requestLine:       {"request_line", "the request line is not a method, a target and a version with one space between them"},
		requestTarget:     {"request_target", "the request target has none of the forms that its method allows"},
		httpVersion:       {"http_version", "the version is neither HTTP/1.1 nor HTTP/1.0"},
		foldedLine:        {"folded_line", "a line begins with a space or a tab"},
		fieldName:         {"field_name", "a field has no name, or one that is no token"},
		spaceBeforeColon:  {"space_before_colon", "a space stands between a field's name and its colon"},
		fieldValue:        {"field_value", "a control character stands in a field's value"},
		lookalike:         {"lookalike_name", "a field is named like one that frames the request, with an underscore in it"},
		lengthRepeated:    {"content_length_repeated", "there is more than one Content-Length"},
		lengthValue:       {"content_length", "Content-Length is not one number in decimal digits, without zeros before it"},
		encodingValue:     {"transfer_encoding", "Transfer-Encoding is not the one word chunked"},
		encodingVersion:   {"transfer_encoding_version", "HTTP/1.0 has no Transfer-Encoding"},
		lengthAndEncoding: {"content_length_and_transfer_encoding", "Content-Length and Transfer-Encoding exclude each other"},
		hostMissing:       {"host_missing", "an HTTP/1.1 request needs a Host"},
		hostRepeated:      {"host_repeated", "there is more than one Host"},
		hostValue:         {"host", "Host is not a host and an optional port"},
		hostMismatch:      {"host_mismatch", "Host and the request target name different hosts"},
		connectionOption:  {"connection_option", "Connection names a field that frames the request"},
		connectionField:   {"connection_field", "a field is about the connection, which the request shares with others"},
		connectContent:    {"connect_content", "a CONNECT request has no content"},
		chunkSize:         {"chunk_size", "a chunk's size is not a number in hexadecimal digits"},
		chunkExtension:    {"chunk_extension", "a chunk's extension is too long, or not made of tokens"},
		chunkEnd:          {"chunk_end", "a chunk's data is not followed by the end of the line"},
		chunkOverhead:     {"chunk_overhead", "the chunks are mostly not data"},
		trailerName:       {"trailer_name", "a field that frames or routes the request stands behind its content, or is announced"},
		trailersTooLarge:  {"trailers_too_large", "the fields behind the content are too large"},
	}[r]
}

// problem is what the client gets to read.
func (r reason) problem() *problem.Error {
	if r == headerTooLarge {
		return problem.New(problem.HeaderTooLarge, "")
	}
	return problem.New(problem.BadInput, "the request can be read in more than one way: "+r.words().message)
}
