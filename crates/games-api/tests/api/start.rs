//! What keeps it from starting is told in one sentence that names the port or the file.

use std::sync::Arc;

use games_api::{Config, SystemClock, start};

use crate::server::Api;

#[tokio::test]
async fn a_taken_port_is_named() {
    let api = Api::start().await;
    let taken = api.base().trim_start_matches("http://").to_owned();
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(folder.path().join("a.sqlite"), taken.parse().unwrap());
    let refused = start(config, Arc::new(SystemClock))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains(&taken), "{refused}");
    assert!(refused.contains("choose another"), "{refused}");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").join("a.sqlite");
    let text = folder.path().join("text.sqlite");
    std::fs::write(&text, "this is no database, whatever its name says").unwrap();
    for path in [missing, text] {
        let config = Config::new(path.clone(), ([127, 0, 0, 1], 0).into());
        let refused = start(config, Arc::new(SystemClock))
            .await
            .unwrap_err()
            .to_string();
        assert!(refused.contains(path.to_str().unwrap()), "{refused}");
        assert!(
            refused.contains("check that the folder exists"),
            "{refused}"
        );
    }
}
