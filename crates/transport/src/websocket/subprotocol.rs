//! What is spoken over a WebSocket: which serializer, and whether a frame holds one message or many.

use axum::http::HeaderMap;
use axum::http::header::SEC_WEBSOCKET_PROTOCOL;
use wamp::Serializer;

/// A subprotocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subprotocol {
    /// Its name in the handshake.
    pub(crate) name: &'static str,
    pub(crate) serializer: Serializer,
    /// Does a frame hold any number of messages, each with an end or a length?
    pub(crate) batched: bool,
}

const fn of(name: &'static str, serializer: Serializer, batched: bool) -> Subprotocol {
    Subprotocol {
        name,
        serializer,
        batched,
    }
}

/// The subprotocols spoken here.
const SPOKEN: [Subprotocol; 6] = [
    of("wamp.2.json", Serializer::Json, false),
    of("wamp.2.msgpack", Serializer::MsgPack, false),
    of("wamp.2.cbor", Serializer::Cbor, false),
    of("wamp.2.json.batched", Serializer::Json, true),
    of("wamp.2.msgpack.batched", Serializer::MsgPack, true),
    of("wamp.2.cbor.batched", Serializer::Cbor, true),
];

impl Subprotocol {
    /// The one without batches.
    pub(crate) fn plain(serializer: Serializer) -> Self {
        let plain = SPOKEN
            .into_iter()
            .find(|spoken| spoken.serializer == serializer);
        plain.expect("every serializer has one")
    }

    /// The client's first that we speak.
    pub(crate) fn choose(headers: &HeaderMap) -> Option<Self> {
        let offers = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let mut offers = offers
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(str::trim);
        offers.find_map(|offer| SPOKEN.into_iter().find(|spoken| spoken.name == offer))
    }

    /// The names of all.
    pub(crate) fn names() -> String {
        SPOKEN.map(|spoken| spoken.name).join(", ")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pitfall_1_the_first_subprotocol_of_the_client_that_we_speak_is_taken() {
        let choose = |offer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(offer));
            Subprotocol::choose(&headers).map(|chosen| chosen.name)
        };
        assert_eq!(choose("wamp.2.json"), Some("wamp.2.json"));
        assert_eq!(choose("wamp.2.ubjson, wamp.2.json"), Some("wamp.2.json"));
        assert_eq!(choose("wamp.2.cbor,wamp.2.json"), Some("wamp.2.cbor"));
        assert_eq!(
            choose("wamp.2.msgpack.batched"),
            Some("wamp.2.msgpack.batched")
        );
        assert_eq!(choose("wamp.2.flatbuffers"), None);
        assert_eq!(choose(""), None);
    }
}
