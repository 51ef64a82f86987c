/**
 * @generated SignedSource<<9b3d809d6fd677151b6836681fde7e53>>
 * @relayHash b5d57693650f53867979bae44c65707e
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID b5d57693650f53867979bae44c65707e

var node = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "id",
        "variableName": "id"
      }
    ],
    "concreteType": "Order",
    "kind": "LinkedField",
    "name": "order",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "status",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "documentsOrderQuery",
    "selections": (v1/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "documentsOrderQuery",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "id": "b5d57693650f53867979bae44c65707e",
    "metadata": {},
    "name": "documentsOrderQuery",
    "operationKind": "query",
    "text": null
  }
};
})();

node.hash = "22dc0f3e3a01db93728b29ee5b8d1ab7";

export default node;
