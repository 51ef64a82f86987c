package graphqlhttp

import (
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/problem"
)

// documentID is the member by which a request names its document (appendix of the draft on persisted documents). Among the
// extensions that a request has it stands as a documentName, which no client's extension can be.
const documentID = "documentId"

type documentName string

// persistedQuery is the extension by which Apollo's clients name a document, and others after them.
const persistedQuery = "persistedQuery"

// maxDocumentID is the most bytes of an id.
const maxDocumentID = 256

// Named is the id by which a request names its document, empty where it does not. It may have sent the document besides, so that
// it gets known by that id. Requests that came by another way than Read name one by extensions.persistedQuery. The error is a
// problem, and quotes nothing.
func Named(params *graphql.RawParams) (id string, err error) {
	own, _ := params.Extensions[documentID].(documentName)
	hash, err := apolloName(params.Extensions[persistedQuery])
	switch {
	case err != nil:
		return "", err
	case own != "" && hash != "" && strings.TrimPrefix(string(own), "sha256:") != hash:
		return "", problem.New(problem.BadInput, "documentId and extensions.persistedQuery name different documents")
	case own != "":
		return string(own), nil
	default:
		return hash, nil
	}
}

// apolloName is the id in extensions.persistedQuery.
func apolloName(extension any) (id string, err error) {
	if extension == nil {
		return "", nil
	}
	members, _ := extension.(map[string]any)
	id, _ = members["sha256Hash"].(string)
	if fmt.Sprint(members["version"]) != "1" || !isDocumentID(id) {
		return "", problem.New(problem.BadInput, "extensions.persistedQuery must have version 1, and an id as its sha256Hash")
	}
	return id, nil
}

// noteName notes by what a request names its document.
func noteName(params *graphql.RawParams, id *string) error {
	if id == nil {
		return nil
	}
	if !isDocumentID(*id) {
		return problem.New(problem.BadInput, "documentId is not the id of a document")
	}
	if params.Extensions == nil {
		params.Extensions = make(map[string]any)
	}
	params.Extensions[documentID] = documentName(*id)
	return nil
}

// isDocumentID takes more than the draft's syntax, since Apollo's manifests have ids of any form.
func isDocumentID(id string) bool {
	return id != "" && len(id) <= maxDocumentID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// checkDocument reports a request that neither sends a document nor names one.
func checkDocument(params *graphql.RawParams, sent bool) error {
	id, err := Named(params)
	if err == nil && id == "" && !sent {
		err = problem.New(problem.BadInput, "the request has no query")
	}
	return err
}
