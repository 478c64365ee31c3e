//! The transport over real sockets on port 0: its own client, and raw frames.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod advanced;
mod closing;
mod fixture;
mod frames;
mod handshake;
mod hostile;
mod in_process;
mod limits;
mod matrix;
mod pubsub;
mod raw;
mod rawsocket;
mod rpc;
mod serializers;
