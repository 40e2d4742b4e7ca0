"""Exercises of ch02/07_hinge_loss_and_svm."""
