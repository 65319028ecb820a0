//! Gaussian mixtures: soft clusters with their own covariances, as an alternative to K-means.
//!
//! Expectation-maximisation in log space, starting from the clusters of K-means, until the log-likelihood
//! per row gains less than `tolerance`. `regularisation` is added to every variance, so that no component
//! collapses onto one row. The Bayesian information criterion compares numbers of components.
//!
//! Source: Dempster, Laird & Rubin (1977); regularisation as in scikit-learn.
//!
//! Deliberately not here: choosing the number of components ([`crate::clusters::alternatives`] compares).

mod density;
mod fit;
#[cfg(test)]
mod tests;

pub use fit::{Covariance, FittedGmm, GmmParams, ValidGmmParams, fit, fit_from};
