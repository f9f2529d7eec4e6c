"""The projection into MLflow. The database is the truth; all of this can be thrown away and logged again.

    documents        what the command reads on standard input
    store            where an MLflow store may be, and its failures as ours
    runs             a parent with children, metrics in batches, each thing once
    report_runs      a week: one run, and one in it for each model
    evaluation_runs  an offline evaluation, in the same way
    writers          every model with its revision, as MLflow's registry knows models
    prompts          every way of asking, as MLflow's registry knows prompts
    judgements       the data set behind a report
    traces           drafts, with what people say of them
    names            people under other names
    reading          a report back from MLflow alone

`python -m evaluation.tracking` does one of these in a process of its own, so that the bot never imports
MLflow.
"""
