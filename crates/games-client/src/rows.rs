//! Getting a row there, whether it is there already or not.

use games_contract::{Map, Resource};
use serde_json::Value;

use crate::{Error, GamesClient, client::as_filter};

impl GamesClient {
    /// The row with these key fields; created with `defaults` besides when there is none. True when it was created.
    ///
    /// Several rows (the original lets null-role decisions occur twice): the oldest counts.
    ///
    /// # Errors
    /// As [`list`](Self::list) and [`create`](Self::create), but not [`Error::AlreadyExists`] when the row turns up on a second look.
    pub async fn get_or_create(
        &self,
        resource: Resource,
        key: &Map,
        defaults: &Map,
    ) -> Result<(Map, bool), Error> {
        if let Some(row) = self.find(resource, key).await? {
            return Ok((row, false));
        }
        let mut row = key.clone();
        row.extend(defaults.clone());
        match self.create(resource, &row).await {
            Ok(row) => Ok((row, true)),
            // Somebody was faster, or an earlier try of ours had arrived after all.
            Err(error @ Error::AlreadyExists { .. }) => {
                let found = self.find(resource, key).await?;
                found.map(|row| (row, false)).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// The row with these key fields, made to hold `rest`: updated when it is there, created when it is not.
    ///
    /// # Errors
    /// As [`get_or_create`](Self::get_or_create) and [`update`](Self::update).
    pub async fn create_or_update(
        &self,
        resource: Resource,
        key: &Map,
        rest: &Map,
    ) -> Result<Map, Error> {
        let (mut row, created) = self.get_or_create(resource, key, rest).await?;
        if created {
            return Ok(row);
        }
        let pk = key_of(resource, &row);
        row.extend(rest.clone());
        self.update(resource, &pk, &row).await
    }

    /// The oldest row whose fields have these values.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn find(&self, resource: Resource, key: &Map) -> Result<Option<Map>, Error> {
        let table = resource.table();
        let filters: Vec<_> = key
            .iter()
            .filter(|(name, _)| table.filter(name).is_some())
            .filter_map(|(name, value)| Some((name.as_str(), as_filter(value)?)))
            .collect();
        let rows = self.list(resource, &filters).await?;
        // A query cannot ask for null, and an unknown filter is ignored: the answer is looked through again.
        Ok(rows
            .into_iter()
            .filter(|row| key.iter().all(|(name, value)| row.get(name) == Some(value)))
            .min_by_key(|row| row.get("id").and_then(Value::as_u64)))
    }
}

fn key_of(resource: Resource, row: &Map) -> String {
    match row.get(resource.key()) {
        Some(Value::String(slug)) => slug.clone(),
        Some(id) => id.to_string(),
        None => String::new(),
    }
}
