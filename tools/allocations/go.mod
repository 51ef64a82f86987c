// What hot parts of the program allocate: a module of its own, so that it is no part of the program's.
module github.com/concierge-gateway/concierge/tools/allocations

go 1.26.8
