export { type EdgeConfig, edgeFields as configFields, parseEdgeConfig } from './config.ts';
export type { MoveResult, MoveTicket } from './drain/move-tickets.ts';
export { createEdge, type Edge } from './edge.ts';
export type { RenewResult, RenewTicket } from './sessions/ticket-renewal.ts';
export type { HttpHook, HttpReply, HttpRequest } from './transport/http.ts';
export { EngineError } from './transport/uws.ts';
export type { EdgeServices } from './wiring.ts';
