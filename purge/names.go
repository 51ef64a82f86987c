package purge

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/concierge-gateway/concierge/problem"
)

const (
	// mostPurges is how many one request may ask for.
	mostPurges = 500
	// maxName bounds a path and the name of a group, in bytes.
	maxName = 2048
)

// Names are what a purge may be asked for by.
type Names struct {
	// Services are all services.
	Services []string
	// Types are the types of records, by their names.
	Types map[string]RecordType
}

// RecordType says where the records of a type come from.
type RecordType struct {
	// Service is whose they are.
	Service string
	// Member is that of a record which holds its id.
	Member string
	// Path is where the service has them, such as /products: each below it, by its id.
	Path string
}

// Named is a purge as people ask for it.
type Named struct {
	// All is everything, and has no further members.
	All bool `json:"all"`
	// Upstream is a service: all of it, or what has a path or belongs to a group.
	Upstream string `json:"upstream"`
	// Path is that of answers of the service, whatever their queries, as it stands in a URL.
	Path string `json:"path"`
	// Group is what the service calls answers that belong together (RFC 9875).
	Group string `json:"group"`
	// Type is that of a record with the ID.
	Type string `json:"type"`
	// ID is the record's.
	ID string `json:"id"`
}

// Asked is a purge that was asked for.
type Asked struct {
	Named
	// Service is whose answers are purged, empty for those of all.
	Service string
	// Tags are what they carry: each purges all that has it.
	Tags []Tag
}

// Read reads which purges a JSON text asks for: one, or several as purges. Errors are problems, and quote nothing of the text.
func (n Names) Read(text []byte) ([]Asked, error) {
	var body struct {
		Named
		Purges []Named `json:"purges"`
	}
	if err := json.Unmarshal(text, &body, json.RejectUnknownMembers(true)); err != nil {
		return nil, problem.Wrap(problem.BadInput, err, "the body must be a JSON object that names what to purge, and nothing else")
	}
	if body.Purges == nil {
		asked, err := n.read(body.Named)
		return []Asked{asked}, err
	}
	if body.Named != (Named{}) || len(body.Purges) == 0 || len(body.Purges) > mostPurges {
		return nil, refused("purges must stand alone, and be 1 to " + strconv.Itoa(mostPurges))
	}
	all := make([]Asked, 0, len(body.Purges))
	for i, each := range body.Purges {
		asked, err := n.read(each)
		if err != nil {
			return nil, refused(fmt.Sprintf("purges[%d]: %s", i, problem.From(err).Public()))
		}
		all = append(all, asked)
	}
	return all, nil
}

func refused(message string) error { return problem.New(problem.BadInput, message) }

// read finds out which form a purge has. Each has its own members and no others.
func (n Names) read(named Named) (Asked, error) {
	asked := Asked{Named: named, Service: named.Upstream}
	switch {
	case named == Named{All: true}:
		asked.Tags = []Tag{All()}
		return asked, nil
	case named.Type != "" && named == Named{Type: named.Type, ID: named.ID}:
		return n.record(asked)
	case named.Upstream == "" || named != Named{Upstream: named.Upstream, Path: named.Path, Group: named.Group}:
		return Asked{}, refused("it must be all; an upstream, with a path, a group or neither; or a type with an id")
	case !slices.Contains(n.Services, named.Upstream):
		return Asked{}, refused("there is no such upstream")
	default:
		return answers(asked)
	}
}

// record is of a type and an id, with the lists that it may be in, and all records of others that it may be among.
func (n Names) record(asked Asked) (Asked, error) {
	kind, ok := n.Types[asked.Type]
	if !ok {
		return Asked{}, refused("there is no such type of records")
	}
	id, err := strconv.ParseInt(asked.ID, 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != asked.ID {
		return Asked{}, refused("the id must be a number from 1, in quotes")
	}
	asked.Service = kind.Service
	asked.Tags = []Tag{
		Record(kind.Service, kind.Member, id), Path(kind.Service, kind.Path+"/"+asked.ID), Lists(kind.Service), Owned(kind.Service),
	}
	return asked, nil
}

// answers are those of a service.
func answers(asked Asked) (Asked, error) {
	switch {
	case asked.Path != "" && asked.Group != "":
		return Asked{}, refused("it must be of a path or of a group")
	case asked.Path != "":
		return answersAt(asked)
	case len(asked.Group) > maxName:
		return Asked{}, refused("the name of the group is too long")
	case asked.Group != "":
		asked.Tags = []Tag{Group(asked.Service, asked.Group)}
	default:
		asked.Tags = []Tag{Service(asked.Service)}
	}
	return asked, nil
}

// answersAt are those of one path. Tags have it without escapes.
func answersAt(asked Asked) (Asked, error) {
	path, err := url.PathUnescape(asked.Path)
	if err != nil || !isPath(asked.Path) {
		return Asked{}, refused("the path must begin with a slash, and have no query, no fragment and no spaces")
	}
	asked.Tags = []Tag{Path(asked.Service, path)}
	return asked, nil
}

func isPath(path string) bool {
	return len(path) <= maxName && path[0] == '/' && !strings.ContainsFunc(path, func(r rune) bool {
		return r <= ' ' || r == '?' || r == '#' || r == 0x7f
	})
}
