// Package graphqlhttp answers how GraphQL goes over HTTP (https://graphql.github.io/graphql-over-http/draft/): what a request
// asks for, which form the client takes an answer in, and how an answer is written. It runs nothing.
package graphqlhttp
