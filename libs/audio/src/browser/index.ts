/** What a page calls; apart from the rest, for its types name those of the DOM, which a project for Node does not have. */
export { type ChainNode, openChainNode } from './chain-node.ts';
