//! What the compiler tells an author whose handler does not fit.

#[test]
fn a_wrong_handler_is_explained_at_the_word_that_is_wrong() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
