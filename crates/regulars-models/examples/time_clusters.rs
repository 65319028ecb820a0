//! Times the clustering of a plain feature matrix, for `bench/cluster.sh`, without engine or ingest.
//!
//!   `time_clusters` MATRIX [MIN MAX] [STARTS] [--no-silhouette] [--choose] [--seed=N]
//!
//! MATRIX holds rows and columns as little-endian u64, then the values as f64, row by row. Prints one JSON
//! object. `--choose` adds the steps that other packages lack: stability and the choice of the number of
//! clusters.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars_models::{clusters, kmeans};
use regulars_stats::clusters::{Rows, silhouettes, silhouettes_of_sample};

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, words): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|other| other == flag);
    let number = |at: usize, default: usize| words.get(at).map_or(Ok(default), |word| word.parse());
    let path = words.first().ok_or("usage: time_clusters MATRIX [MIN MAX] [STARTS]")?;
    let (min, max, starts) = (number(1, 2)?, number(2, 10)?, number(3, 10)?);
    let (width, values) = matrix(path)?;
    let rows = Rows::new(&values, width)?;
    let seed = flags.iter().find_map(|flag| flag.strip_prefix("--seed=")).unwrap_or("42");
    let mut rng = ChaCha8Rng::seed_from_u64(seed.parse()?);

    let began = Instant::now();
    let with = clusters::ClusterParams {
        clusters_min: min,
        clusters_max: max,
        starts,
        bootstraps: if has("--choose") { 10 } else { 0 },
        references: if has("--choose") { 5 } else { 0 },
        ..clusters::ClusterParams::default()
    };
    let with = with.check()?;
    let numbers: Vec<usize> = (min..=max).collect();
    let mut report = serde_json::json!({ "rows": rows.len(), "features": width, "starts": starts });
    if has("--choose") {
        let sweep = clusters::sweep(rows, &numbers, &with, &mut rng)?;
        let selection = clusters::select(rows, &sweep, &with, &mut rng)?;
        report["chosen"] = selection.chosen.into();
        report["strength"] = format!("{:?}", selection.strength).into();
    } else {
        let fits = clusters::fit_numbers(rows, &numbers, starts, &mut rng)?;
        report["kmeans_seconds"] = began.elapsed().as_secs_f64().into();
        report["inertia"] =
            fits.iter().map(|fit: &kmeans::FittedKMeans| fit.inertia).collect::<Vec<f64>>().into();
        if !has("--no-silhouette") {
            let labels: Vec<&[u32]> = fits.iter().map(|fit| fit.labels.as_slice()).collect();
            let drawn: Vec<u32> = (0..rows.len() as u32).step_by(rows.len().div_ceil(2000)).collect();
            let found = if rows.len() > 200_000 {
                silhouettes_of_sample(rows, &labels, &drawn)?
            } else {
                silhouettes(rows, &labels)?
            };
            let means = found.iter().map(|found| found.iter().sum::<f64>() / found.len() as f64);
            report["silhouette"] = means.collect::<Vec<f64>>().into();
        }
    }
    report["seconds"] = began.elapsed().as_secs_f64().into();
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

fn matrix(path: &str) -> Result<(usize, Vec<f64>), Box<dyn Error>> {
    let bytes = fs_err::read(path)?;
    let (words, _) = bytes.as_chunks::<8>();
    let [_, width, values @ ..] = words else { return Err("no header".into()) };
    let width = usize::try_from(u64::from_le_bytes(*width))?;
    Ok((width, values.iter().map(|word| f64::from_le_bytes(*word)).collect()))
}
