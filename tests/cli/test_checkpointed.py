"""``mlnn train --checkpoint DIR --resume``, what a signal leaves there, and ``mlnn inspect DIR``."""

import json
import os
import signal
import subprocess

import numpy as np
import pytest
from commands import COMMAND, SAFETY, assert_one_sentence, done, houses, run, unix
from waiting import until_true

import mlnn

SMALL = ["--target", "price", "--drop", "sold", "--hidden", "8", "--members", "2", "--quiet"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    houses(200).to_csv("houses.csv", index=False)
    return tmp_path


def refused(sentence, *arguments):
    result = run(*arguments)
    assert_one_sentence(result.exit_code, result.stdout, result.stderr, sentence)


@unix
def test_a_terminated_training_exits_with_143_and_is_resumed_to_the_same_bits(place):
    long = [*SMALL, "--epochs", "600", "--patience", "600"]
    done("train", "houses.csv", *long, "-o", "whole.mlnn")
    command = [*COMMAND, "train", "houses.csv", *long, "--checkpoint", "c", "--every", "0.001", "-o", "parts.mlnn"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until_true(lambda: list((place / "c").glob("*.safetensors")) or process.poll(), patience=SAFETY)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=SAFETY)
    assert (process.returncode, err) == (143, "")
    assert not (place / "parts.mlnn").exists()
    assert 1 <= json.loads(done("inspect", "c", "--json").stdout)["latest"][0]["epoch"] < 600
    done("train", "houses.csv", *long, "--checkpoint", "c", "--resume", "-o", "parts.mlnn")
    whole, parts = mlnn.load("whole.mlnn"), mlnn.load("parts.mlnn")
    for (_, one), (_, other) in zip(whole.members_, parts.members_, strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.scores_ == parts.scores_
    assert whole.summary_["members"] == parts.summary_["members"]


def test_a_folder_is_inspected(place):
    done("train", "houses.csv", *SMALL, "--epochs", "4", "--checkpoint", "c")
    shown = done("inspect", "c").stdout
    for words in ("checkpoint-000001.safetensors", "AdamW", "how far it has come", "batch_size"):
        assert words in shown
    told = json.loads(done("inspect", "c", "--json").stdout)
    assert [each["epoch"] for each in told["latest"]] == [4, 4]
    assert told["facts"]["settings"]["patience"] == "20"


def test_what_is_no_checkpoint_or_anothers_ends_in_a_sentence(place):
    refused("say --checkpoint DIR", "train", "houses.csv", *SMALL, "--resume")
    refused("say --checkpoint DIR", "train", "houses.csv", *SMALL, "--every", "5m")
    (place / "empty").mkdir()
    refused("a folder without a checkpoint", "inspect", "empty")
    (place / "empty" / "checkpoint-000001.safetensors").write_bytes(os.urandom(500))
    refused("holds no checkpoint that can be read", "inspect", "empty")
    (place / "file").write_text("")
    refused("is a file: a checkpoint is a folder", "train", "houses.csv", *SMALL, "--checkpoint", "file")
    refused("is what is read", "train", "houses.csv", *SMALL, "--checkpoint", "houses.csv")
    done("train", "houses.csv", *SMALL, "--epochs", "4", "--checkpoint", "c")
    refused("resume it, or take another folder", "train", "houses.csv", *SMALL, "--checkpoint", "c")
    again = ["train", "houses.csv", *SMALL, "--checkpoint", "c", "--resume"]
    refused("made with epochs 4, but this training has 5", *again, "--epochs", "5")
    refused("which is its alone", *again, "--epochs", "4", "-o", "c/model.mlnn")
    refused("take another folder", "train", ".", *SMALL, "--checkpoint", ".")
    houses(201).to_csv("houses.csv", index=False)
    refused("made with", *again, "--epochs", "4")
