//! What the disk can do at most: the figures that write stand beside these.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::Utc;
use domain::words::DeliveryOutcome;
use store::Db;
use store::inbox::{self, NewDelivery};

/// How long is measured.
const MEASURED: Duration = Duration::from_secs(2);
/// What a database writes at least for a commit.
const BLOCK: [u8; 4096] = [0x5a; 4096];

/// How often in a second 4 KiB can be appended to a file in this folder and forced to the disk.
///
/// # Errors
/// If the folder cannot be written.
pub fn fsyncs_per_second(folder: &Path) -> Result<f64> {
    let mut file = tempfile::tempfile_in(folder)?;
    let append = |file: &mut File| {
        file.write_all(&BLOCK)?;
        file.sync_data()
    };
    append(&mut file)?;
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < MEASURED {
        append(&mut file)?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

/// How often in a second one client can commit one small row, one after another.
///
/// # Errors
/// If the database refuses.
pub async fn commits_per_second(db: &Db) -> Result<f64> {
    let run = Utc::now().timestamp_micros();
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < MEASURED {
        let delivery = NewDelivery {
            source: "commits.invalid",
            delivery_id: &format!("{run}-{count}"),
            kind: "none",
            received_at: Utc::now(),
            body: b"{}",
            settled: Some((DeliveryOutcome::Ignored, "it measures how fast rows are committed")),
        };
        inbox::receive(db, &delivery).await?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

/// The kind of the file system that a folder is on, as the kernel names it; none if it does not say.
pub fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((Path::new(fields.next()?), fields.next()?))
    });
    let containing = mounts.filter(|(point, _)| folder.starts_with(point));
    containing.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind.to_owned())
}
