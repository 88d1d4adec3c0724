//! Tags that belong to us for a while.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::Koji;
use super::hub::options;
use super::order::target_of_branch;
use crate::{BuilderError, Sidetags, TaggedBuild, http};

#[async_trait]
impl Sidetags for Koji {
    async fn create(&self, branch: &str) -> Result<String, BuilderError> {
        let base = self.build_tag(branch).await?;
        let made = self.hub.begin("createSideTag", &[json!(base)]).await?;
        match made["name"].as_str() {
            Some(name) => Ok(name.to_owned()),
            None => Err(BuilderError::Unknown(format!("Koji did not name the sidetag that it made: {made}"))),
        }
    }

    async fn ours(&self, branch: &str) -> Result<Vec<String>, BuilderError> {
        let base = self.build_tag(branch).await?;
        let (account, _) = self.hub.account().await?;
        let wanted = options(&json!({"basetag": base, "user": account}));
        let Value::Array(tags) = self.hub.read("listSideTags", &[wanted]).await? else {
            return Err(http::unavailable("Koji listed no sidetags".to_owned(), None));
        };
        Ok(tags.iter().filter_map(|tag| tag["name"].as_str()).map(str::to_owned).collect())
    }

    async fn tagged(&self, sidetag: &str) -> Result<Option<Vec<TaggedBuild>>, BuilderError> {
        let calls = [("getTag", vec![json!(sidetag)]), ("listTagged", vec![json!(sidetag)])];
        let answers = self.hub.read_all(&calls).await?;
        match answers.as_slice() {
            [Ok(Value::Null), _] => Ok(None),
            [Ok(_), Ok(Value::Array(builds))] => Ok(Some(builds.iter().filter_map(tagged).collect())),
            other => {
                Err(http::unavailable(format!("Koji does not tell what is in {sidetag}: {other:?}"), None))
            }
        }
    }

    async fn remove(&self, sidetag: &str) -> Result<(), BuilderError> {
        let Err(error) = self.hub.change("removeSideTag", &[json!(sidetag)]).await else { return Ok(()) };
        let is_gone = matches!(error, BuilderError::Refused(_))
            && self.hub.read("getTag", &[json!(sidetag)]).await?.is_null();
        if is_gone { Ok(()) } else { Err(error) }
    }
}

impl Koji {
    /// The tag that builds for a branch take their buildroot from.
    async fn build_tag(&self, branch: &str) -> Result<String, BuilderError> {
        let name = target_of_branch(branch);
        let target = self.hub.read("getBuildTarget", &[json!(name)]).await?;
        match target["build_tag_name"].as_str() {
            Some(tag) => Ok(tag.to_owned()),
            None => Err(BuilderError::Refused(format!("Koji has no target {name} for the branch {branch}"))),
        }
    }
}

fn tagged(build: &Value) -> Option<TaggedBuild> {
    let package = build["package_name"].as_str().or(build["name"].as_str())?;
    Some(TaggedBuild { package: package.to_owned(), nvr: build["nvr"].as_str()?.to_owned() })
}
