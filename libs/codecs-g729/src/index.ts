// Copyright (C) 2026 the Partyline authors. Licensed under the GPL, version 3 or later: see ../LICENSE.
export { g729 } from './g729.ts';
