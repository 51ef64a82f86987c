/**
 * @generated SignedSource<<57ec5f7a23893f84aaf72f807ade77cd>>
 * @relayHash 748f3ca308e73a895b427c034a2c5408
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

// @relayRequestID 748f3ca308e73a895b427c034a2c5408

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
        "name": "orderId",
        "variableName": "id"
      }
    ],
    "concreteType": "Order",
    "kind": "LinkedField",
    "name": "orderStatusChanged",
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
    "name": "documentsOrderSubscription",
    "selections": (v1/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "documentsOrderSubscription",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "id": "748f3ca308e73a895b427c034a2c5408",
    "metadata": {},
    "name": "documentsOrderSubscription",
    "operationKind": "subscription",
    "text": null
  }
};
})();

node.hash = "10f62b3c13aa5feaed1bc936ca556cd8";

export default node;
