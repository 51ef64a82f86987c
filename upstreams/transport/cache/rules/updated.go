package rules

import (
	"net/http"
	"slices"
)

// Updated is a stored answer with what a 304 to its Condition says anew (RFC 9111, 3.2 and 4.3.4). It is not ok where the 304
// is about another version: then the service has to be asked without a condition. Whether the updated answer may still be kept,
// Storable tells; the request that was waiting may be answered with it in any case.
func Updated(req *http.Request, a, notModified Answer, s Settings) (updated Answer, ok bool) {
	if notModified.Status != http.StatusNotModified || !about(a.Header, notModified.Header) {
		return a, false
	}
	return update(req, a, notModified, s), true
}

// about reports whether a 304 is about the stored answer. The condition named no other, so one that names no version is. A tag
// that is another one contradicts that where the service may have gone by the date, which two versions can share; where it was
// asked by the tag alone, it has said that the stored version is good, and has only written another tag.
func about(stored, fresh http.Header) bool {
	kept, tag := entityTag(stored), entityTag(fresh)
	if kept != "" && tag != "" && sameTag(kept, tag) {
		return true
	}
	keptModified, modified := lastModified(stored), lastModified(fresh)
	if kept != "" && tag != "" && keptModified != "" {
		return false
	}
	return keptModified == "" || modified == "" || keptModified == modified
}

// UpdatedByHead is a stored answer with what the answer to a HEAD request says anew (RFC 9111, 4.3.5). It is not ok where that
// shows that the stored answer is another version, or that it is not to be kept any more: then it is stale, and best forgotten.
// An answer to HEAD that says nothing about it leaves it as it is.
func UpdatedByHead(req *http.Request, a, head Answer, s Settings) (updated Answer, ok bool) {
	switch {
	case head.Status == http.StatusNotFound || head.Status == http.StatusGone:
		return a, a.Status == head.Status
	case head.Status != http.StatusOK:
		return a, true
	case a.Status != http.StatusOK || !matches(a.Header, head.Header):
		return a, false
	}
	updated = update(req, a, head, s)
	return updated, keepable(req, updated, s)
}

// matches reports whether the validators and the length that an answer to HEAD has are those of the stored answer. A length
// that was not sent with it counts for nothing.
func matches(stored, head http.Header) bool {
	for _, name := range [...]string{"Etag", "Last-Modified", "Content-Length"} {
		same := slices.Equal(head[name], stored[name])
		if len(head[name]) > 0 && !same && (name != "Content-Length" || len(stored[name]) > 0) {
			return false
		}
	}
	return true
}

// update puts the fields of a newer answer in the place of those of the stored one. Age and Date are the message's: the old
// ones say nothing of the newer one.
func update(req *http.Request, a, newer Answer, s Settings) Answer {
	header := make(http.Header, len(a.Header)+len(newer.Header))
	for name, values := range a.Header {
		if name != "Age" && name != "Date" {
			header[name] = values
		}
	}
	for name, values := range Stored(newer.Header, s) {
		if !ofContent(name) {
			header[name] = values
		}
	}
	varied, ok := VariedBy(req, header)
	if !ok {
		varied = a.Varied // it will not be kept
	}
	return NewAnswer(a.Status, header, newer.Asked, newer.Came, varied, s)
}

// ofContent reports whether a field belongs to the bytes that are stored, which a newer header does not change. The tag is one
// of them, or the next condition would be about a version that is not here.
func ofContent(name string) bool {
	switch name {
	case "Content-Encoding", "Content-Length", "Content-Range", "Content-Md5", "Content-Digest", "Repr-Digest", "Digest", "Etag":
		return true
	default:
		return false
	}
}
