//! The whole of it: customers in, named clusters and a model to keep out.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_stats::clusters::mean_and_error;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::matching::cheapest_pairs;
use super::naming::{Name, Trait, holds, names, number};
use super::order::{back_in_place, canonical_order, in_order};
use super::params::ValidParams;
use super::preparation::{Column, Matrix, Preparation, check};
use super::profile::{Profile, nearest_customers, profiles};
use super::projection::Projection;
use super::selection::{Selection, select};
use super::sweep::sweep;
use crate::kmeans::{Centroids, Placed, distinct_rows};

/// Customers shown as examples of a cluster.
const EXAMPLES: usize = 5;

/// One cluster of a kept model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its number, from 1; the same in the next run if it is found again.
    pub id: u32,
    /// What it is in plain words; different from all other names of the model.
    pub name: String,
    /// The features that set it apart most, at most three.
    pub traits: Vec<Trait>,
    /// The features that the words of the name are made from.
    #[serde(default)]
    pub said: Vec<Trait>,
    /// Customers it was fitted to.
    pub customers: usize,
}

/// A clustering to keep: everything that is needed to place customers, and to find the clusters again
/// in the next run.
///
/// Shape: `clusters` and the centroids are in the same order, by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// How features are prepared.
    pub preparation: Preparation,
    /// Means of the prepared features.
    pub centroids: Centroids,
    /// The clusters.
    pub clusters: Vec<Cluster>,
    /// The picture.
    pub projection: Projection,
}

/// Customers in clusters.
#[derive(Debug, Clone)]
pub struct Clustered {
    /// What to keep.
    pub model: Model,
    /// How the number of clusters was chosen, and how real they are.
    pub selection: Selection,
    /// For every customer its place in `model.clusters`.
    pub labels: Vec<u32>,
    /// For every customer the distance to the centroid, in standard deviations of the features.
    pub distances: Vec<f64>,
    /// For every customer the silhouette; none where it was not computed, which is beyond the sample if
    /// there are very many customers, and for a single cluster.
    pub silhouettes: Vec<Option<f64>>,
    /// For every cluster its description.
    pub profiles: Vec<Profile>,
    /// For every cluster its mean silhouette, over the customers where it is known.
    pub cluster_silhouettes: Vec<Option<f64>>,
    /// For every customer its place in the picture.
    pub picture: Vec<[f64; 2]>,
    /// For every cluster the rows of up to five customers nearest to the centroid.
    pub examples: Vec<Vec<u32>>,
    /// The prepared features, for [`super::alternatives`]: one row a customer, in an order of its own that
    /// does not depend on how customers are listed.
    pub prepared: Matrix,
    /// What was done differently from what was asked for, in words; dropped features first.
    pub notes: Vec<String>,
}

/// Clusters customers: prepares the features, finds how many clusters there are, describes and names
/// them.
///
/// - `columns`: every feature to cluster by, not a number where it is missing.
/// - `revenue`: of every customer, for the clusters' shares of it.
/// - `previous`: the model of the run before; clusters that are found again keep their number, and their
///   name while it is true.
///
/// Shape: nothing is left out; customers are in the order of the columns. Another order of the same
/// customers gives every one of them the same answer.
/// Errors: as [`Preparation::fit`]; [`Error::TooFewRows`] for a forced number above the distinct
/// customers, [`Error::NothingToChoose`] for fewer than three customers; [`Error::Damaged`] for a previous
/// model that [`Model::check`] refuses. A range of numbers that goes beyond the distinct
/// customers is cut instead, with a note.
pub fn fit(
    columns: &[Column<'_>],
    revenue: Option<&[f64]>,
    previous: Option<&Model>,
    params: &ValidParams,
    rng: &mut ChaCha8Rng,
) -> Result<Clustered, Error> {
    check(columns)?;
    previous.map_or(Ok(()), Model::check)?;
    let customers = columns.first().map_or(0, |column| column.values.len());
    if let Some(found) = revenue.map(<[f64]>::len).filter(|found| *found != customers) {
        return Err(Error::ColumnLength { name: "revenue".into(), expected: customers, found });
    }
    // Revenue belongs to the order, too: customers that differ in nothing else would be summed in any.
    let keys: Vec<Column<'_>> =
        columns.iter().copied().chain(revenue.map(|values| Column { name: "", values })).collect();
    let order = canonical_order(&keys);
    let sorted: Vec<Vec<f64>> = columns.par_iter().map(|column| in_order(column.values, &order)).collect();
    let sorted_columns: Vec<Column<'_>> =
        columns.iter().zip(&sorted).map(|(column, values)| Column { name: column.name, values }).collect();
    let revenue = revenue.map(|revenue| in_order(revenue, &order));
    let found = fit_sorted(&sorted_columns, revenue.as_deref(), previous, params, rng)?;
    Ok(Clustered {
        labels: back_in_place(&found.labels, &order),
        distances: back_in_place(&found.distances, &order),
        silhouettes: back_in_place(&found.silhouettes, &order),
        picture: back_in_place(&found.picture, &order),
        examples: found.examples.iter().map(|rows| in_order(&order, rows)).collect(),
        ..found
    })
}

/// The whole of it for customers in the order of [`canonical_order`].
fn fit_sorted(
    columns: &[Column<'_>],
    revenue: Option<&[f64]>,
    previous: Option<&Model>,
    params: &ValidParams,
    rng: &mut ChaCha8Rng,
) -> Result<Clustered, Error> {
    let preparation = Preparation::fit(columns, &params.preparation)?;
    let mut notes: Vec<String> = preparation
        .dropped
        .iter()
        .map(|dropped| format!("feature `{}` {}: not used", dropped.name, dropped.reason))
        .collect();
    let matrix = preparation.apply(columns)?;
    let rows = matrix.rows()?;
    notes.extend(columns.iter().filter_map(|column| missing(column, &preparation)));
    let distinct = distinct_rows(rows, params.clusters_max + 1);
    let numbers = numbers(rows.len(), distinct, params, &mut notes)?;
    let mut sweep = sweep(rows, &numbers, params, rng)?;
    let selection = select(rows, &sweep, params, rng)?;
    let at = numbers.iter().position(|number| *number == selection.chosen).unwrap_or(0);
    let fitted = sweep.fits.swap_remove(at);
    let known = sweep.silhouettes.swap_remove(at);

    let described = profiles(columns, &fitted.labels, &preparation, &fitted.centroids, revenue)?;
    let before = matched(columns, &fitted.labels, fitted.centroids.len(), previous, &mut notes)?;
    let clusters = identified(&described, previous, &before);
    let mut order: Vec<usize> = (0..clusters.len()).collect();
    order.sort_by_key(|at| clusters[*at].id);
    let mut place = vec![0_u32; order.len()];
    for (now, was) in order.iter().enumerate() {
        place[*was] = now as u32;
    }
    let labels: Vec<u32> = fitted.labels.iter().map(|label| place[*label as usize]).collect();
    let centroids = Centroids {
        width: fitted.centroids.width,
        values: order.iter().flat_map(|was| fitted.centroids.centroid(*was)).copied().collect(),
    };
    let silhouettes = spread(labels.len(), sweep.sampled.as_deref(), &known, order.len() > 1);
    let projection = Projection::fit(rows)?;
    Ok(Clustered {
        cluster_silhouettes: by_cluster(&labels, &silhouettes, order.len()),
        examples: nearest_customers(&labels, &fitted.distances, order.len(), EXAMPLES),
        picture: projection.project(rows)?,
        profiles: order.iter().map(|was| described[*was].clone()).collect(),
        model: Model {
            preparation,
            centroids,
            clusters: order.iter().map(|was| clusters[*was].clone()).collect(),
            projection,
        },
        selection,
        labels,
        distances: fitted.distances,
        silhouettes,
        prepared: matrix,
        notes,
    })
}

/// What is to be said of a feature that some customers lack.
fn missing(column: &Column<'_>, preparation: &Preparation) -> Option<String> {
    let missing = column.values.iter().filter(|value| value.is_nan()).count();
    let used = preparation.features.iter().any(|feature| feature.name == column.name);
    (used && missing > 0).then(|| {
        let share = 100.0 * missing as f64 / column.values.len() as f64;
        format!(
            "feature `{}` is missing for {missing} customers ({share:.0}%): its median stands for it",
            column.name
        )
    })
}

/// The numbers of clusters to try.
fn numbers(
    rows: usize,
    distinct: usize,
    params: &ValidParams,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, Error> {
    // A silhouette needs a cluster of at least two customers.
    let most = params.clusters_max.min(distinct).min(rows.saturating_sub(1));
    let mut numbers: Vec<usize> = (params.clusters_min..=most).collect();
    if let Some(forced) = params.clusters {
        if !numbers.contains(&forced) {
            numbers.push(forced);
            numbers.sort_unstable();
        }
    } else if numbers.is_empty() {
        let clusters = params.clusters_min;
        return Err(if distinct < clusters {
            Error::TooFewRows { rows: distinct, clusters }
        } else {
            Error::NothingToChoose { rows, clusters }
        });
    }
    if most < params.clusters_max {
        notes.push(format!(
            "{distinct} distinct customers: numbers of clusters above {} were not tried",
            most.max(params.clusters.unwrap_or(0))
        ));
    }
    Ok(numbers)
}

/// For every cluster the one of the model before that it continues.
///
/// Customers are placed in the space of the model before; clusters are paired so that the sum of the
/// distances between their centroids is smallest, and a pair counts if it is nearer than half the way to
/// the next centroid of the model before.
fn matched(
    columns: &[Column<'_>],
    labels: &[u32],
    clusters: usize,
    previous: Option<&Model>,
    notes: &mut Vec<String>,
) -> Result<Vec<Option<usize>>, Error> {
    let Some(previous) = previous else { return Ok(vec![None; clusters]) };
    let matrix = match previous.preparation.apply(columns) {
        Err(Error::MissingFeature { name }) => {
            notes.push(format!(
                "the model of the run before uses feature `{name}`, this one does not: clusters are numbered anew"
            ));
            return Ok(vec![None; clusters]);
        }
        other => other?,
    };
    let mut means = vec![vec![0.0; matrix.width]; clusters];
    let mut counts = vec![0_usize; clusters];
    for (row, label) in matrix.rows()?.iter().zip(labels) {
        counts[*label as usize] += 1;
        for (sum, value) in means[*label as usize].iter_mut().zip(row) {
            *sum += value;
        }
    }
    for (mean, count) in means.iter_mut().zip(&counts) {
        for sum in mean.iter_mut() {
            *sum /= (*count).max(1) as f64;
        }
    }
    let old = &previous.centroids;
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
    let costs: Vec<Vec<f64>> =
        means.iter().map(|mean| (0..old.len()).map(|at| apart(mean, old.centroid(at))).collect()).collect();
    let near = |at: usize| {
        let next = (0..old.len())
            .filter(|other| *other != at)
            .map(|other| apart(old.centroid(at), old.centroid(other)))
            .fold(f64::INFINITY, f64::min);
        next / 2.0
    };
    let pairs = cheapest_pairs(&costs);
    Ok(pairs
        .iter()
        .enumerate()
        .map(|(new, pair)| pair.filter(|at| costs[new][*at].is_finite() && costs[new][*at] <= near(*at)))
        .collect())
}

/// Numbers and names: those of the run before where a cluster is found again, else new ones by size. A name
/// that is no longer true gives way to a new one.
fn identified(profiles: &[Profile], previous: Option<&Model>, before: &[Option<usize>]) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = names(profiles)
        .into_iter()
        .zip(profiles)
        .map(|(Name { name, said, traits }, profile)| Cluster {
            id: 0,
            name,
            traits,
            said,
            customers: profile.customers,
        })
        .collect();
    let mut taken = BTreeSet::new();
    let mut kept = BTreeSet::new();
    if let Some(previous) = previous {
        for (at, (cluster, old)) in clusters.iter_mut().zip(before).enumerate() {
            if let Some(old) = old.and_then(|at| previous.clusters.get(at)) {
                cluster.id = old.id;
                if holds(&old.said, &profiles[at]) {
                    cluster.name.clone_from(&old.name);
                    cluster.said.clone_from(&old.said);
                    kept.insert(at);
                }
            }
        }
        // A new cluster does not take the number of one that is gone: it would look like it.
        taken.extend(previous.clusters.iter().map(|cluster| cluster.id));
    }
    let mut order: Vec<usize> = (0..clusters.len()).collect();
    order.sort_by(|a, b| {
        profiles[*b].customers.cmp(&profiles[*a].customers).then_with(|| first_z(profiles, *a, *b))
    });
    let mut next = 1;
    for at in &order {
        if clusters[*at].id == 0 {
            while !taken.insert(next) {
                next += 1;
            }
            clusters[*at].id = next;
        }
    }
    // Kept names first: a new name that equals one of them gets the number.
    order.sort_by_key(|at| (!kept.contains(at), clusters[*at].id));
    let mut all: Vec<String> = order.iter().map(|at| clusters[*at].name.clone()).collect();
    number(&mut all);
    for (at, name) in order.into_iter().zip(all) {
        clusters[at].name = name;
    }
    clusters
}

/// Clusters of equal size by their centroids, so that the order of the customers does not matter.
fn first_z(profiles: &[Profile], a: usize, b: usize) -> std::cmp::Ordering {
    let z = |at: usize| profiles[at].features.iter().filter_map(|feature| feature.z);
    z(b).zip(z(a)).map(|(b, a)| b.total_cmp(&a)).find(|order| order.is_ne()).unwrap_or(a.cmp(&b))
}

fn spread(rows: usize, sampled: Option<&[u32]>, known: &[f64], several: bool) -> Vec<Option<f64>> {
    let mut all = vec![None; rows];
    if !several {
        return all;
    }
    for (at, value) in known.iter().enumerate() {
        all[sampled.map_or(at, |sampled| sampled[at] as usize)] = Some(*value);
    }
    all
}

fn by_cluster(labels: &[u32], silhouettes: &[Option<f64>], clusters: usize) -> Vec<Option<f64>> {
    let mut known = vec![Vec::new(); clusters];
    for (label, silhouette) in labels.iter().zip(silhouettes) {
        known[*label as usize].extend(*silhouette);
    }
    known.iter().map(|known| (!known.is_empty()).then(|| mean_and_error(known).0)).collect()
}

impl Model {
    /// Checks a model that was kept: that its parts belong together and that it can place customers.
    ///
    /// Errors: [`Error::Damaged`] naming the first thing that cannot be.
    pub fn check(&self) -> Result<(), Error> {
        let damaged = |problem: String| Err(Error::Damaged { problem });
        let features = &self.preparation.features;
        let Self { centroids, clusters, projection, .. } = self;
        if features.is_empty() || clusters.is_empty() {
            return damaged(format!("it has {} features and {} clusters", features.len(), clusters.len()));
        }
        if centroids.width != features.len() || centroids.values.len() != features.len() * clusters.len() {
            return damaged(format!(
                "its centroids have {} values in rows of {}, expected {} clusters of {} features",
                centroids.values.len(),
                centroids.width,
                clusters.len(),
                features.len()
            ));
        }
        if centroids.values.iter().any(|value| !value.is_finite()) {
            return damaged("a centroid has a value that is not a number".to_owned());
        }
        for (at, feature) in features.iter().enumerate() {
            let name = &feature.name;
            if features[..at].iter().any(|other| other.name == *name) {
                return damaged(format!("feature `{name}` is there twice"));
            }
            let numbers = [feature.median, feature.lower, feature.upper, feature.mean, feature.deviation];
            let scale = feature.log_scale.unwrap_or(1.0);
            let sound = numbers.iter().all(|number| number.is_finite())
                && feature.lower < feature.upper
                && feature.deviation > 0.0
                && scale.is_finite()
                && scale > 0.0;
            if !sound {
                return damaged(format!("feature `{name}` is prepared in a way that cannot be"));
            }
        }
        // Numbers ascend, as places do, and both are small.
        let ascend = clusters.windows(2).all(|pair| pair[0].id < pair[1].id);
        if clusters[0].id == 0 || !ascend || clusters.len() > 100 {
            return damaged("the numbers of its clusters do not ascend from 1, up to 100 of them".to_owned());
        }
        let names: BTreeSet<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        if names.len() < clusters.len() || names.contains("") {
            return damaged("its clusters do not have a name each".to_owned());
        }
        let [first, second] = &projection.components;
        let picture = [&projection.middle, first, second];
        let finite = |values: &Vec<f64>| {
            values.len() == features.len() && values.iter().all(|value| value.is_finite())
        };
        if !picture.into_iter().all(finite) {
            return damaged("its picture does not belong to its features".to_owned());
        }
        Ok(())
    }

    /// Places customers in the clusters, prepared as those it was fitted to.
    ///
    /// Shape: one value a customer; labels are places in `clusters`.
    /// Errors: as [`Preparation::apply`], above all [`Error::MissingFeature`].
    pub fn assign(&self, columns: &[Column<'_>]) -> Result<Placed, Error> {
        self.centroids.predict(self.preparation.apply(columns)?.rows()?)
    }
}
