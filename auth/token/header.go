package token

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxName bounds what is looked up or written down: the ids of keys and tokens, and subjects. In bytes.
const maxName = 256

// header is what a token says of its signature. Keys that come with the token (jwk, x5c) or from where it says (jku, x5u) are
// not read at all: anybody can make one and sign with it.
type header struct {
	Algorithm   member `json:"alg"`
	KeyID       member `json:"kid"`
	Type        member `json:"typ"`
	ContentType member `json:"cty"`

	Critical    jsontext.Value `json:"crit"`
	Unencoded   jsontext.Value `json:"b64"`
	Compression jsontext.Value `json:"zip"`
	Encryption  jsontext.Value `json:"enc"`
}

// check refuses what would have to be understood in another way than as a signed JSON object.
func (h *header) check() error {
	switch {
	case h.Critical != nil: // RFC 7515, section 4.1.11: whoever does not understand one of them must refuse
		return refusal("it has crit, and none of that is understood")
	case h.Unencoded != nil: // RFC 7797
		return refusal("it has b64, so its payload may not be what it looks like")
	case h.Compression != nil || h.Encryption != nil: // RFC 7516
		return refusal("it is encrypted or compressed")
	case mediaType(h.ContentType.value) == "jwt": // RFC 7519, section 5.2
		return refusal("it holds another token")
	case len(h.KeyID.value) > maxName:
		return refusal("its kid is longer than 256 bytes")
	case h.Type.there && mediaType(h.Type.value) == "":
		return refusal("its typ is empty")
	}
	return nil
}

// mediaType is a typ or cty as it is compared: RFC 7515, section 4.1.9, lets its application/ be left out where no other slash
// follows.
func mediaType(name string) string {
	name = strings.ToLower(name)
	if short, ok := strings.CutPrefix(name, "application/"); ok && !strings.Contains(short, "/") {
		return short
	}
	return name
}

// member is one that must be a string where it is there. Null is none.
type member struct {
	value string
	there bool
}

// UnmarshalJSONFrom refuses whatever is not a string.
func (m *member) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '"' {
		return refusal("a member that must be a string is none")
	}
	*m = member{value: token.String(), there: true}
	return nil
}
