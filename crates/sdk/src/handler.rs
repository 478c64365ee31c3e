//! Plain `async` functions as handlers.

use serde::Serialize;
use serde_json::Value;

use crate::bind;
use crate::call::{Boxed, Call};
use crate::extract::FromCall;
use crate::finite;
use crate::rejected::Rejected;

/// What a handler may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the reply of a handler",
    label = "not a reply",
    note = "return `()`, or `Reply<T>` (that is `Result<T, Rejected>`) where `T: Serialize`"
)]
pub trait IntoReply: Send {
    /// The JSON to answer, or the refusal.
    ///
    /// # Errors
    /// The handler refused, or its reply holds a number that is not finite.
    fn into_reply(self) -> Result<Value, Rejected>;
}

impl IntoReply for () {
    fn into_reply(self) -> Result<Value, Rejected> {
        Ok(Value::Null)
    }
}

impl<T: Serialize + Send> IntoReply for Result<T, Rejected> {
    fn into_reply(self) -> Result<Value, Rejected> {
        finite::to_json(&self?, "the reply")
    }
}

/// A function that can be registered on scope `S`; `A` is the list of its arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler on `{S}`",
    label = "this function does not fit",
    note = "a handler is `async fn(arguments…) -> Reply<T>` with at most 6 arguments",
    note = "put `#[rpc({S})]` above a procedure, or `#[on({S})]` above a callback, to see which argument is wrong"
)]
pub trait Handler<S, A>: Send + Sync + 'static {
    /// Fills the arguments in from the call and runs the function.
    fn call(&self, call: Call) -> Boxed;
}

macro_rules! handlers {
    ($(($($argument:ident),*))*) => {$(
        impl<S, F, Fut, R, $($argument),*> Handler<S, ($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = R> + Send + 'static,
            R: IntoReply,
            $($argument: FromCall<S>,)*
        {
            #[allow(non_snake_case, unused_mut, unused_variables)]
            fn call(&self, mut call: Call) -> Boxed {
                $(let $argument = match $argument::from_call(&mut call) {
                    Ok(argument) => argument,
                    Err(rejected) => return Box::pin(std::future::ready(Err(rejected))),
                };)*
                if call.taken < call.args.len() {
                    return Box::pin(std::future::ready(Err(bind::too_many(call.taken, call.args.len()))));
                }
                let reply = self($($argument),*);
                Box::pin(async move { reply.await.into_reply() })
            }
        }
    )*};
}

handlers! {
    ()
    (A0)
    (A0, A1)
    (A0, A1, A2)
    (A0, A1, A2, A3)
    (A0, A1, A2, A3, A4)
    (A0, A1, A2, A3, A4, A5)
}
