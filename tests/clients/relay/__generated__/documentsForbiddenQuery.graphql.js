/**
 * @generated SignedSource<<78cc210a3e9caf149a57f49e1e7dbb5c>>
 * @relayHash cae70d5a5de69e33f57b4b9231c736fd
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID cae70d5a5de69e33f57b4b9231c736fd

var node = (function(){
var v0 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v1 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "User",
    "kind": "LinkedField",
    "name": "me",
    "plural": false,
    "selections": [
      (v0/*:: as any*/),
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "username",
        "storageKey": null
      }
    ],
    "storageKey": null
  },
  {
    "alias": null,
    "args": [
      {
        "kind": "Literal",
        "name": "first",
        "value": 1
      }
    ],
    "concreteType": "UserConnection",
    "kind": "LinkedField",
    "name": "users",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "concreteType": "User",
        "kind": "LinkedField",
        "name": "nodes",
        "plural": true,
        "selections": [
          (v0/*:: as any*/)
        ],
        "storageKey": null
      }
    ],
    "storageKey": "users(first:1)"
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "documentsForbiddenQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "documentsForbiddenQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "id": "cae70d5a5de69e33f57b4b9231c736fd",
    "metadata": {},
    "name": "documentsForbiddenQuery",
    "operationKind": "query",
    "text": null
  }
};
})();

node.hash = "012863a887d3ef36da103cdcb06a280b";

export default node;
