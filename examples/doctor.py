"""The doctor: what is wrong with a network and its data, in words, and the learning-rate range test it rests on."""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mlnn
from mlnn.plot import plot_range_test

X, y = load_breast_cancer(return_X_y=True)
print(mlnn.doctor(mlnn.MLPClassifier((32,)), X, y), end="\n\n")

cautious = mlnn.MLPClassifier((32,), learning_rate_init=1e-5)
diagnosis = mlnn.doctor(make_pipeline(StandardScaler(), cautious), X, y)
print(diagnosis)
plot_range_test(diagnosis.range_test, plt.figure(figsize=(7.5, 4.8), layout="constrained").add_subplot())
plt.show()
