use std::env::var;
use std::fs::{read_to_string, OpenOptions};
use std::io::Write;
use std::time::Duration;

use scores::{Problem, Scores, Where};

fn provider() -> Result<Scores, Problem> {
    Scores::new(Where {
        url: var("APNS_URL")?,
        manage_url: var("APNS_MANAGE_URL")?,
        key_pem: read_to_string(var("APNS_KEY_FILE")?)?,
        key_id: var("APNS_KEY_ID")?,
        team_id: var("APNS_TEAM_ID")?,
    })
}

fn fill(start: &str, with: &str) -> String {
    start.to_owned() + &with.repeat(64 - start.len())
}

/// For the table in docs/languages.md.
fn measured(what: &str) {
    if let Ok(mut file) = var("EXAMPLE_RESULTS")
        .map_err(drop)
        .and_then(|path| OpenOptions::new().append(true).open(path).map_err(drop))
    {
        let _ = writeln!(file, "{what}\thyper");
    }
}

#[tokio::test]
async fn push() -> Result<(), Problem> {
    assert_eq!(provider()?.goal(&fill("c0ffee", "0"), "Goal!").await?.status, 200);
    measured("push");
    Ok(())
}

#[tokio::test]
async fn device_that_is_gone() -> Result<(), Problem> {
    // Hexadecimal of "Unregistered": the target spells its answer.
    let name: String = "Unregistered".bytes().map(|byte| format!("{byte:02x}")).collect();
    let answer = provider()?.goal(&fill(&(name + "00"), "0"), "Goal!").await?;
    assert_eq!((answer.status, answer.reason.as_deref()), (410, Some("Unregistered")));
    measured("410");
    Ok(())
}

#[tokio::test]
async fn goodbye() -> Result<(), Problem> {
    let scores = provider()?;
    for end in ["1", "2"] {
        for start in ["90dbee", "af7e12"] {
            assert_eq!(scores.goal(&fill(start, end), "Goal!").await?.status, 200);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    measured("GOAWAY");
    Ok(())
}

#[tokio::test]
async fn channel_and_broadcast() -> Result<(), Problem> {
    let scores = provider()?;
    let made = scores.open_channel().await?;
    assert_eq!(made.status, 201);
    let channel = made.channel.ok_or("no channel id")?;
    let answer = scores.broadcast(&channel, 1, 0).await?;
    assert_eq!((answer.status, answer.reason), (200, None));
    measured("broadcast");
    assert_eq!(scores.close_channel(&channel).await?.status, 204);
    measured("channels");
    Ok(())
}
