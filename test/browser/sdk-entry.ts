/** The browser's part of the SDK, for scenarios that use it as a program does. */
import * as sdk from '@partyline/client/browser';

declare global {
  interface Window {
    partylineSdk: typeof sdk;
    /** The call that a scenario has started. */
    call?: sdk.Call;
    preview?: sdk.MicrophonePreview;
  }
}

window.partylineSdk = sdk;
