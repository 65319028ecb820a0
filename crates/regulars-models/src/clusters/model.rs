//! The complete clustering: from customers to named clusters and a model to save.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use regulars_core::money::format_count;
use regulars_stats::clusters::mean_and_standard_error;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::matching::cheapest_pairs;
use super::naming::{DistinctiveFeature, Name, names, number, still_applies};
use super::order::{canonical_order, in_order, restore_order};
use super::params::ValidClusterParams;
use super::preparation::{Column, Matrix, Preparation, check};
use super::profile::{Profile, nearest_customers, profiles};
use super::projection::Projection;
use super::selection::{Selection, select};
use super::sweep::sweep;
use crate::kmeans::{Assignments, Centroids, distinct_rows};

/// Example customers per cluster.
const EXAMPLES: usize = 5;

/// One cluster of a saved model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Cluster number, from 1; kept in the next run if the cluster is recognised.
    pub id: u32,
    /// Descriptive name, unique within the model.
    pub name: String,
    /// Up to three features that distinguish it most.
    pub traits: Vec<DistinctiveFeature>,
    /// Features that the name is based on.
    #[serde(default, alias = "said")]
    pub named_by: Vec<DistinctiveFeature>,
    /// Number of customers it was fitted on.
    pub customers: usize,
}

/// A clustering to save: everything needed to assign customers and to recognise the clusters in the next
/// run.
///
/// Shape: `clusters` and the centroids are in the same order, by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterModel {
    /// Feature preparation.
    pub preparation: Preparation,
    /// Centroids in the prepared features.
    pub centroids: Centroids,
    /// Clusters.
    pub clusters: Vec<Cluster>,
    /// Projection for the scatter plot.
    pub projection: Projection,
}

/// Clustered customers.
#[derive(Debug, Clone)]
pub struct Clustered {
    /// Model to save.
    pub model: ClusterModel,
    /// How the number of clusters was chosen, and how strong the clusters are.
    pub selection: Selection,
    /// Index into `model.clusters`, per customer.
    pub labels: Vec<u32>,
    /// Distance to the centroid in standard deviations of the features, per customer.
    pub distances: Vec<f64>,
    /// Silhouette per customer; none where it was not computed: outside the sample if there are very many
    /// customers, and for a single cluster.
    pub silhouettes: Vec<Option<f64>>,
    /// Profile of each cluster.
    pub profiles: Vec<Profile>,
    /// Mean silhouette of each cluster, over the customers that have one.
    pub cluster_silhouettes: Vec<Option<f64>>,
    /// Position in the scatter plot, per customer.
    pub picture: Vec<[f64; 2]>,
    /// Rows of up to five customers nearest to each centroid.
    pub examples: Vec<Vec<u32>>,
    /// Prepared features, for [`super::alternatives`]: one row per customer, in canonical order.
    pub prepared: Matrix,
    /// Notes on deviations from the request; dropped features first.
    pub notes: Vec<String>,
}

/// Clusters customers: prepares the features, chooses the number of clusters, profiles and names them.
///
/// - `columns`: the features to cluster on; NaN is missing.
/// - `revenue`: per customer, for the revenue share of each cluster.
/// - `previous`: the model of the previous run; a recognised cluster keeps its number, and its name while
///   that is still true.
///
/// Shape: one entry per customer, in the order of the columns. The order of the customers does not affect
/// the results.
/// Errors: as [`Preparation::fit`]; [`Error::TooFewRows`] for a fixed number of clusters above the number
/// of distinct customers, [`Error::TooFewCustomers`] for fewer than three customers; [`Error::Damaged`] for
/// a previous model that [`ClusterModel::check`] rejects. A range beyond the number of distinct customers is cut,
/// with a note.
pub fn fit(
    columns: &[Column<'_>],
    revenue: Option<&[f64]>,
    previous: Option<&ClusterModel>,
    params: &ValidClusterParams,
    rng: &mut ChaCha8Rng,
) -> Result<Clustered, Error> {
    check(columns)?;
    previous.map_or(Ok(()), ClusterModel::check)?;
    let customers = columns.first().map_or(0, |column| column.values.len());
    if let Some(found) = revenue.map(<[f64]>::len).filter(|found| *found != customers) {
        return Err(Error::ColumnLength { name: "revenue".into(), expected: customers, found });
    }
    // Revenue is part of the order: customers that differ only in it would otherwise be summed in arbitrary
    // order.
    let keys: Vec<Column<'_>> =
        columns.iter().copied().chain(revenue.map(|values| Column { name: "", values })).collect();
    let order = canonical_order(&keys);
    let sorted: Vec<Vec<f64>> = columns.par_iter().map(|column| in_order(column.values, &order)).collect();
    let sorted_columns: Vec<Column<'_>> =
        columns.iter().zip(&sorted).map(|(column, values)| Column { name: column.name, values }).collect();
    let revenue = revenue.map(|revenue| in_order(revenue, &order));
    let found = fit_sorted(&sorted_columns, revenue.as_deref(), previous, params, rng)?;
    Ok(Clustered {
        labels: restore_order(&found.labels, &order),
        distances: restore_order(&found.distances, &order),
        silhouettes: restore_order(&found.silhouettes, &order),
        picture: restore_order(&found.picture, &order),
        examples: found.examples.iter().map(|rows| in_order(&order, rows)).collect(),
        ..found
    })
}

/// The complete clustering for customers in the order of [`canonical_order`].
fn fit_sorted(
    columns: &[Column<'_>],
    revenue: Option<&[f64]>,
    previous: Option<&ClusterModel>,
    params: &ValidClusterParams,
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
    let silhouettes = silhouette_by_row(labels.len(), sweep.sampled.as_deref(), &known, order.len() > 1);
    let projection = Projection::fit(rows)?;
    Ok(Clustered {
        cluster_silhouettes: by_cluster(&labels, &silhouettes, order.len()),
        examples: nearest_customers(&labels, &fitted.distances, order.len(), EXAMPLES),
        picture: projection.project(rows)?,
        profiles: order.iter().map(|was| described[*was].clone()).collect(),
        model: ClusterModel {
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

/// Note on a feature that some customers lack.
fn missing(column: &Column<'_>, preparation: &Preparation) -> Option<String> {
    let missing = column.values.iter().filter(|value| value.is_nan()).count();
    let used = preparation.features.iter().any(|feature| feature.name == column.name);
    (used && missing > 0).then(|| {
        let share = 100.0 * missing as f64 / column.values.len() as f64;
        format!(
            "feature `{}` is missing for {} customers ({share:.0}%): replaced by its median",
            column.name,
            format_count(missing as u64)
        )
    })
}

/// Numbers of clusters to try.
fn numbers(
    rows: usize,
    distinct: usize,
    params: &ValidClusterParams,
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
            Error::TooFewCustomers { rows, clusters }
        });
    }
    if most < params.clusters_max {
        notes.push(format!(
            "only {distinct} distinct customers: more than {} clusters were not tried",
            most.max(params.clusters.unwrap_or(0))
        ));
    }
    Ok(numbers)
}

/// For each cluster, the cluster of the previous model that it continues.
///
/// Customers are placed in the feature space of the previous model; clusters are matched so that the total
/// distance between centroids is smallest, and a match counts if it is closer than half the distance to the
/// next centroid of the previous model.
fn matched(
    columns: &[Column<'_>],
    labels: &[u32],
    clusters: usize,
    previous: Option<&ClusterModel>,
    notes: &mut Vec<String>,
) -> Result<Vec<Option<usize>>, Error> {
    let Some(previous) = previous else { return Ok(vec![None; clusters]) };
    let matrix = match previous.preparation.apply(columns) {
        Err(Error::MissingFeature { name }) => {
            notes.push(format!(
                "the previous model uses feature `{name}`, which is missing now: clusters are renumbered"
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

/// Numbers and names: those of the previous run for recognised clusters, otherwise new ones by size. A name
/// that is no longer true is replaced.
fn identified(
    profiles: &[Profile],
    previous: Option<&ClusterModel>,
    before: &[Option<usize>],
) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = names(profiles)
        .into_iter()
        .zip(profiles)
        .map(|(Name { name, named_by, traits }, profile)| Cluster {
            id: 0,
            name,
            traits,
            named_by,
            customers: profile.customers,
        })
        .collect();
    let mut taken = BTreeSet::new();
    let mut kept = BTreeSet::new();
    if let Some(previous) = previous {
        for (at, (cluster, old)) in clusters.iter_mut().zip(before).enumerate() {
            if let Some(old) = old.and_then(|at| previous.clusters.get(at)) {
                cluster.id = old.id;
                if still_applies(&old.named_by, &profiles[at]) {
                    cluster.name.clone_from(&old.name);
                    cluster.named_by.clone_from(&old.named_by);
                    kept.insert(at);
                }
            }
        }
        // A new cluster does not reuse the number of a vanished one: it would look like the same cluster.
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
    // Kept names come first: a new name equal to one of them gets a numeric suffix.
    order.sort_by_key(|at| (!kept.contains(at), clusters[*at].id));
    let mut all: Vec<String> = order.iter().map(|at| clusters[*at].name.clone()).collect();
    number(&mut all);
    for (at, name) in order.into_iter().zip(all) {
        clusters[at].name = name;
    }
    clusters
}

/// Order of clusters of equal size by their centroids, so that the order of the customers does not matter.
fn first_z(profiles: &[Profile], a: usize, b: usize) -> std::cmp::Ordering {
    let z = |at: usize| profiles[at].features.iter().filter_map(|feature| feature.z);
    z(b).zip(z(a)).map(|(b, a)| b.total_cmp(&a)).find(|order| order.is_ne()).unwrap_or(a.cmp(&b))
}

fn silhouette_by_row(rows: usize, sampled: Option<&[u32]>, known: &[f64], several: bool) -> Vec<Option<f64>> {
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
    known.iter().map(|known| (!known.is_empty()).then(|| mean_and_standard_error(known).0)).collect()
}

impl ClusterModel {
    /// Checks that a saved model is consistent and can assign customers.
    ///
    /// Errors: [`Error::Damaged`] naming the first problem.
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
                return damaged(format!("feature `{name}` occurs twice"));
            }
            let numbers = [feature.median, feature.lower, feature.upper, feature.mean, feature.deviation];
            let scale = feature.log_scale.unwrap_or(1.0);
            let sound = numbers.iter().all(|number| number.is_finite())
                && feature.lower < feature.upper
                && feature.deviation > 0.0
                && scale.is_finite()
                && scale > 0.0;
            if !sound {
                return damaged(format!("feature `{name}` has an invalid preparation"));
            }
        }
        // Ids and indices ascend, and both are small.
        let ascend = clusters.windows(2).all(|pair| pair[0].id < pair[1].id);
        if clusters[0].id == 0 || !ascend || clusters.len() > 100 {
            return damaged(
                "its cluster numbers do not ascend from 1, or there are more than 100".to_owned(),
            );
        }
        let names: BTreeSet<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        if names.len() < clusters.len() || names.contains("") {
            return damaged("not every cluster has a name".to_owned());
        }
        let [first, second] = &projection.components;
        let picture = [&projection.middle, first, second];
        let finite = |values: &Vec<f64>| {
            values.len() == features.len() && values.iter().all(|value| value.is_finite())
        };
        if !picture.into_iter().all(finite) {
            return damaged("its projection does not match its features".to_owned());
        }
        Ok(())
    }

    /// Assigns customers to clusters, prepared as the customers the model was fitted on.
    ///
    /// Shape: one value per customer; labels are indices into `clusters`.
    /// Errors: as [`Preparation::apply`], in particular [`Error::MissingFeature`].
    pub fn assign(&self, columns: &[Column<'_>]) -> Result<Assignments, Error> {
        self.centroids.predict(self.preparation.apply(columns)?.rows()?)
    }
}
