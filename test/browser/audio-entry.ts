/** The part of `@partyline/audio` that a page has, for the scenario of its worklets. */
import { openChainNode } from '@partyline/audio/browser';

declare global {
  interface Window {
    openChainNode: typeof openChainNode;
  }
}

window.openChainNode = openChainNode;
