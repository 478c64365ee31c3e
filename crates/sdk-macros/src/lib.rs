//! The attributes of a game: `#[rpc]` and `#[on]`, which are checks and never behaviour, and `#[data]`, which is derives.
//!
//! A handler is a plain `async fn`, with or without the attribute. What an attribute adds is never called: one line for
//! each argument and one for the reply, each at its own place in the source, so that the compiler names the word that
//! does not fit. Deliberately absent: anything that renames, wraps or registers the function.

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, FnArg, Ident, ItemFn, ReturnType, Type};

/// How many arguments a handler can have.
const ARGUMENTS: usize = 6;

/// Makes a struct or an enum what a game's decisions, outcomes and options have to be: stored as JSON, described by a schema, and
/// comparable in a test.
///
/// It stands for `#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]`, so none of them is derived beside it;
/// attributes `#[serde(…)]` and `#[schemars(…)]` mean what they mean there. A game that uses it does not depend on serde itself.
#[proc_macro_attribute]
pub fn data(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = Tokens::from(item);
    if let Some(argument) = Tokens::from(arguments).into_iter().next() {
        let message =
            "`#[data]` takes no arguments: write `#[serde(…)]` or `#[schemars(…)]` below it";
        let error = Error::new(argument.span(), message).into_compile_error();
        return quote! { #error #item }.into();
    }
    quote! {
        #[derive(
            Clone,
            Debug,
            PartialEq,
            ::simpl::__private::serde::Serialize,
            ::simpl::__private::serde::Deserialize,
            ::simpl::__private::schemars::JsonSchema,
        )]
        #[serde(crate = "::simpl::__private::serde")]
        #[schemars(crate = "::simpl::__private::schemars")]
        #item
    }
    .into()
}

/// An attribute, with the words that it takes.
struct Attribute {
    /// As it is written: `#[rpc(…)]`.
    name: &'static str,
    /// What it stands above.
    handler: &'static str,
    /// What its word says: on which scope, on which occasion.
    about: &'static str,
    words: &'static [&'static str],
}

const RPC: Attribute = Attribute {
    name: "rpc",
    handler: "an RPC handler",
    about: "on which scope",
    words: &["period", "scenario", "runuser", "world", "run", "game"],
};

const ON: Attribute = Attribute {
    name: "on",
    handler: "a callback",
    about: "on which occasion",
    words: &[
        "advance_phase",
        "rollback_phase",
        "runuser_created",
        "runuser_deleted",
        "start",
        "stop",
        "connected",
        "disconnected",
        "hook",
    ],
};

/// Says early, and at the right word, why a function cannot be a handler of that scope: `period`, `scenario`, `runuser`, `world`, `run` or
/// `game`. It is for procedures and for subscriptions.
#[proc_macro_attribute]
pub fn rpc(scope: TokenStream, function: TokenStream) -> TokenStream {
    checked(&RPC, scope, function)
}

/// Says early, and at the right word, why a function cannot be a callback of that occasion: `advance_phase`, `rollback_phase`,
/// `runuser_created`, `runuser_deleted`, `start`, `stop`, `connected`, `disconnected` or `hook`.
#[proc_macro_attribute]
pub fn on(occasion: TokenStream, function: TokenStream) -> TokenStream {
    checked(&ON, occasion, function)
}

fn checked(attribute: &Attribute, word: TokenStream, function: TokenStream) -> TokenStream {
    let function = Tokens::from(function);
    let checks = attribute.checks(word, function.clone());
    let checks = checks.unwrap_or_else(Error::into_compile_error);
    // The function stands as it was written, even while it does not parse: an editor needs it as it is being typed.
    quote! { #function #checks }.into()
}

impl Attribute {
    fn checks(&self, word: TokenStream, function: Tokens) -> Result<Tokens, Error> {
        let scope = self.marker(word)?;
        let handler = self.handler;
        let ItemFn { sig, .. } = syn::parse2(function)?;
        if sig.asyncness.is_none() {
            return Err(Error::new(
                sig.fn_token.span,
                format!("{handler} must be an `async fn`: add `async` before `fn`"),
            ));
        }
        if let Some(parameter) = sig.generics.params.first() {
            return Err(Error::new(
                parameter.span(),
                format!("{handler} cannot have generic parameters: name the types it takes"),
            ));
        }
        let types = sig
            .inputs
            .iter()
            .map(|argument| self.argument_type(argument))
            .collect::<Result<Vec<_>, _>>()?;
        if types.len() > ARGUMENTS {
            let message = format!(
                "{handler} takes at most {ARGUMENTS} arguments: group the payload into one struct with `Args<T>`"
            );
            return Err(Error::new(sig.inputs.span(), message));
        }
        let argument_checks = types.iter().map(|argument| {
        quote_spanned! { argument.span()=> ::simpl::__private::argument::<::simpl::on::#scope, #argument>(); }
    });
        let reply_check = match &sig.output {
            ReturnType::Default => quote! { ::simpl::__private::reply::<()>(); },
            ReturnType::Type(_, reply) => {
                quote_spanned! { reply.span()=> ::simpl::__private::reply::<#reply>(); }
            }
        };
        let name = &sig.ident;
        let arguments: Vec<Ident> = (0..types.len())
            .map(|index| format_ident!("a{index}"))
            .collect();
        let send_check =
            quote_spanned! { name.span()=> ::simpl::__private::sendable(#name(#(#arguments),*)); };
        Ok(quote! {
            const _: () = {
                #[allow(unused, clippy::all, clippy::pedantic)]
                fn fits() { #(#argument_checks)* #reply_check }
                #[allow(unused, clippy::all, clippy::pedantic)]
                fn moves(#(#arguments: #types),*) { #send_check }
            };
        })
    }

    /// The marker type in `simpl::on` has the name of the word.
    fn marker(&self, word: TokenStream) -> Result<Ident, Error> {
        let Self {
            name, about, words, ..
        } = self;
        let listed: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let expected = format!("one of {} is expected", listed.join(", "));
        if word.is_empty() {
            let example = words[0];
            return Err(Error::new(
                Span::call_site(),
                format!(
                    "`#[{name}]` does not say {about}: {expected}, as in `#[{name}({example})]`"
                ),
            ));
        }
        let word: Ident = syn::parse(word)?;
        if words.contains(&word.to_string().as_str()) {
            return Ok(word);
        }
        let unknown = match self.name {
            "rpc" => "scope",
            _ => "occasion",
        };
        Err(Error::new(
            word.span(),
            format!("unknown {unknown} `{word}`: {expected}"),
        ))
    }

    fn argument_type<'a>(&self, argument: &'a FnArg) -> Result<&'a Type, Error> {
        let handler = self.handler;
        match argument {
            FnArg::Receiver(receiver) => {
                let message = format!(
                    "{handler} is a free function: take `Period`, `World` or `Run` instead of `self`"
                );
                Err(Error::new(receiver.self_token.span, message))
            }
            FnArg::Typed(argument) => match &*argument.ty {
                Type::ImplTrait(any) => Err(Error::new(
                    any.span(),
                    format!("{handler} cannot take `impl Trait`: name the type it takes"),
                )),
                named => Ok(named),
            },
        }
    }
}
