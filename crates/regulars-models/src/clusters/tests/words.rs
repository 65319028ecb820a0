//! Names say only what the tables show, and are kept only while that is true.

use super::*;
use crate::clusters::naming::still_applies;

/// A profile of features: name, centroid, mean and median of the cluster, mean and median of all customers.
fn profile(features: &[(&str, f64, [f64; 2], [f64; 2])], one_order_share: Option<f64>) -> Profile {
    let features = features.iter().map(|(name, z, own, overall)| FeatureProfile {
        name: (*name).to_owned(),
        mean: Some(own[0]),
        median: Some(own[1]),
        overall_mean: Some(overall[0]),
        overall_median: Some(overall[1]),
        known_share: 1.0,
        z: Some(*z),
    });
    Profile {
        customers: 10,
        customer_share: 0.1,
        revenue_share: None,
        one_order_share,
        features: features.collect(),
    }
}

fn only_name(profile: &Profile) -> String {
    names(std::slice::from_ref(profile)).remove(0).name
}

#[test]
fn one_time_is_said_of_orders_and_not_of_their_score() {
    let many = |one_order_share| {
        let orders = ("frequency_orders", -0.9, [9.2, 9.0], [12.0, 12.0]);
        profile(&[("f_score", -1.0, [1.4, 1.0], [3.0, 3.0]), orders], one_order_share)
    };
    assert_eq!(only_name(&many(Some(0.0))), "Infrequent buyers");
    assert_eq!(only_name(&many(None)), "Infrequent buyers");
    // As in Online Retail: 57% of the cluster bought once.
    assert_eq!(only_name(&many(Some(0.57))), "Mostly one-time buyers");
    assert_eq!(only_name(&many(Some(0.85))), "One-time buyers");
}

#[test]
fn customers_with_a_dozen_orders_each_are_not_called_one_time() {
    let orders: Vec<f64> = (0..300).map(|at| f64::from(6 + (at * 7919) % 13)).collect();
    let f_score: Vec<f64> = orders.iter().map(|n| ((n - 6.0) / 3.0).floor().clamp(0.0, 4.0) + 1.0).collect();
    let names = ["frequency_orders".to_owned(), "f_score".to_owned()];
    let with = PreparationParams { duplicate_correlation: 1.0, ..PreparationParams::default() };
    let with = ClusterParams { clusters: Some(2), preparation: with, ..ClusterParams::default() };
    let found =
        fit(&named(&names, &[orders, f_score]), None, None, &valid(with), &mut rng(1)).expect("clustered");
    let names: Vec<&str> = found.model.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    assert!(names.iter().all(|name| !name.contains("one-time")), "{names:?}");
    assert_eq!(found.profiles[0].one_order_share, Some(0.0));
}

#[test]
fn a_word_needs_the_plain_numbers_on_its_side() {
    // A high centroid after the log transform, or by the score, and yet less spend per customer than
    // overall.
    let spend = |own: [f64; 2], overall| {
        profile(&[("m_score", 0.8, [4.0, 4.0], [3.0, 3.0]), ("monetary", 0.4, own, overall)], None)
    };
    assert_eq!(only_name(&spend([66.4, 60.0], [103.6, 45.0])), "Average customers");
    assert_eq!(only_name(&spend([166.4, 40.0], [103.6, 45.0])), "Average customers");
    assert_eq!(only_name(&spend([166.4, 60.0], [103.6, 45.0])), "Big spenders");
    let recent = profile(
        &[("r_score", 0.8, [4.0, 4.0], [3.0, 3.0]), ("recency_days", -0.5, [384.7, 300.0], [371.6, 380.0])],
        None,
    );
    assert_eq!(only_name(&recent), "Average customers");
    assert!(names(&[recent])[0].traits.is_empty());
    let mut rare = profile(&[("days_between_orders_mean", 0.8, [90.0, 80.0], [50.0, 40.0])], None);
    assert_eq!(only_name(&rare), "Slow-paced buyers");
    rare.features[0].known_share = 0.3;
    assert_eq!(only_name(&rare), "Average customers");
}

#[test]
fn a_kept_name_holds_while_the_numbers_agree() {
    let feature_phrase = |feature: &str, z, words: &str| DistinctiveFeature {
        feature: feature.into(),
        z,
        words: words.into(),
    };
    let big = [feature_phrase("monetary", 0.9, "big spenders")];
    assert!(still_applies(&big, &profile(&[("monetary", 0.2, [120.0, 50.0], [103.6, 45.0])], None)));
    assert!(!still_applies(&big, &profile(&[("monetary", 0.2, [39.9, 50.0], [103.6, 45.0])], None)));
    assert!(!still_applies(&big, &profile(&[("monetary", -0.2, [120.0, 50.0], [103.6, 45.0])], None)));
    assert!(!still_applies(&big, &profile(&[("recency_days", 0.2, [120.0, 50.0], [103.6, 45.0])], None)));
    let once = [feature_phrase("frequency_orders", -0.9, "one-time")];
    let orders = |share| profile(&[("frequency_orders", -0.9, [1.3, 1.0], [2.0, 1.0])], Some(share));
    assert!(still_applies(&once, &orders(0.78)) && !still_applies(&once, &orders(0.6)));
    // "Average customers" claims nothing distinctive, which is wrong for a distinctive cluster.
    assert!(still_applies(&[], &profile(&[("monetary", 0.3, [120.0, 50.0], [103.6, 45.0])], None)));
    assert!(!still_applies(&[], &profile(&[("monetary", 0.7, [120.0, 50.0], [103.6, 45.0])], None)));
}

#[test]
fn a_cluster_found_again_keeps_its_number_and_loses_a_false_name() {
    let (values, _) = clouds(&[300, 100, 150, 90], 3, 5.0, 12);
    let (names, all) = (numbered(3), columns(&values, 3));
    let first = cluster(&values, 3, ClusterParams::default(), 1).expect("clustered");
    let mut previous = first.model.clone();
    let false_one = &mut previous.clusters[1];
    false_one.name = "Buyers with what they have not".into();
    for feature_phrase in &mut false_one.named_by {
        feature_phrase.z = -feature_phrase.z;
    }
    let next =
        fit(&named(&names, &all), None, Some(&previous), &valid(ClusterParams::default()), &mut rng(5))
            .expect("clustered");
    assert_eq!(next.model.clusters, first.model.clusters);
}
