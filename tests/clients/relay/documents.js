// What Relay's compiler makes __generated__ and persisted_queries.json of; ../README.md says how.

graphql`
  query documentsShopQuery($first: Int!, $details: Boolean!) {
    me {
      ...documentsWho @relay(mask: false)
      recent: orders(first: $first) {
        nodes {
          id
          status
          total {
            amount
            currency
          }
          items {
            quantity
            product @include(if: $details) {
              id
              name
            }
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

graphql`
  fragment documentsWho on User {
    id
    username
  }
`;

graphql`
  query documentsPagesQuery($first: Int!, $after: String) {
    me {
      orders(first: $first, after: $after) @connection(key: "documents_orders", filters: []) {
        edges {
          node {
            id
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

graphql`
  mutation documentsPlaceMutation($input: PlaceOrderInput!) {
    placeOrder(input: $input) {
      order {
        id
        status
      }
      userErrors {
        code
        field
      }
    }
  }
`;

graphql`
  mutation documentsCancelMutation($id: ID!) {
    cancelOrder(id: $id) {
      order {
        id
        status
      }
      userErrors {
        code
        field
      }
    }
  }
`;

graphql`
  mutation documentsRenameMutation($name: String!) {
    updateProfile(input: { name: $name }) {
      user {
        id
        name
      }
      userErrors {
        code
        field
      }
    }
  }
`;

graphql`
  query documentsOrderQuery($id: ID!) {
    order(id: $id) {
      id
      status
    }
  }
`;

graphql`
  query documentsForbiddenQuery {
    me {
      id
      username
    }
    users(first: 1) {
      nodes {
        id
      }
    }
  }
`;

graphql`
  subscription documentsOrderSubscription($id: ID!) {
    orderStatusChanged(orderId: $id) {
      id
      status
    }
  }
`;

graphql`
  query documentsDeferredQuery {
    me {
      id
      ...documentsLate @defer(label: "late")
    }
  }
`;

graphql`
  fragment documentsLate on User {
    orders(first: 2) {
      nodes {
        id
        payment {
          id
          status
        }
      }
    }
  }
`;
